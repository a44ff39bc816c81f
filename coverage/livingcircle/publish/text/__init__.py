"""Sentences for people, in Chinese and English."""
