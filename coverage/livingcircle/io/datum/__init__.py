"""Datums of Chinese map services and surveys: conversion to WGS 84 and back, and detection."""

from livingcircle.io.datum.convert import from_wgs84, to_wgs84

__all__ = ["from_wgs84", "to_wgs84"]
