"""Every form in which an address holds a secret, and texts that hold none."""

from __future__ import annotations

import pytest

from livingcircle.errors import InputError
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.secrets import is_address, masked, masked_all

S = "S3kr1t"

FORMS = [
    f"mysql://me:{S}@host/db",
    f"https://me:{S}@host/a.json",
    f"https://{S}@host/a.json",
    f"HTTPS://me:{S}@host/a.json",
    f"https:/me:{S}@host/a.json",
    f"postgresql://:{S}@host/db",
    f"POSTGRESQL://me:{S}@host/db",
    f"postgresql+psycopg://me:{S}@host/db",
    f"postgresql://me:a b{S}@host/db",
    f"postgresql://me:a@{S}@host/db",
    f"postgresql://me:a:{S}/x@host/db",
    f"postgresql://me:a?b#{S}@host/db",
    f"postgresql://host/db?user=u&password={S}",
    f"postgresql://host/db?password=a@{S}",
    f"postgresql://host/db?sslmode=require&sslpassword=a {S}",
    f"postgresql://host/db?password=a&{S}&user=u",
    f"https://host/wfs?token={S}&x=1",
    f"https://host/wfs?x=1&KEY={S}",
    f"https://host/wfs?tk={S}",
    f"https://host/wfs?ak={S}",
    f"https://host/b?sv=1&sig={S}",
    f"https://host/b?X-Amz-Signature={S}",
    f"https://host/b?X-Amz-Credential={S}/1/2",
    f"https://host/b?access_key={S}",
    f"s3://AK:{S}@bucket/key",
    f"/vsicurl/https://me:{S}@host/a.tif",
    f"PG:host=h password={S} dbname=d",
    f"PG:host=h password='a {S}' dbname=d",
    f"PG:host=h password='a\\'{S}' dbname=d",
    f'PG:host=h password="a {S}" dbname=d',
    f"PG:host=h password = {S} dbname=d",
    f"PG:host=h password=a {S} dbname=d",
    f"PG:host=h password=a;{S}",
    f"MYSQL:db,user=u,password={S},host=h",
    f"MSSQL:server=h;UID=u;PWD={S};database=d",
    f"mssql+pyodbc://?odbc_connect=Driver=x;PWD={{a;{S}}};Server=h",
    f"OCI:scott/{S}@host",
    f"DefaultEndpointsProtocol=https;AccountKey={S}==;x=y",
    f"Authorization: Bearer {S}",
    f"mongodb+srv://u:{S}@h/db",
    f"jdbc:postgresql://h/db?user=u&password={S}",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "said", ["{}", "cannot open '{}'", "({}): no such file", "a.csv, row 3: {} is no file"]
)
def test_no_form_of_a_secret_is_shown(form: str, said: str) -> None:
    shown = masked(said.format(form))
    assert S not in shown
    assert "***" in shown
    assert masked(shown) == shown


@pytest.mark.parametrize("form", FORMS)
def test_errors_and_notes_hide_what_they_are_given(form: str) -> None:
    error = InputError(f"there is no {form}", hint=f"Check {form}.", file=form, field=form)
    assert S not in error.line() + error.line("zh")
    assert S not in repr([error.file, error.problem, error.hint, error.field])
    note = Note(form, form, LocalizedText(form, form), form)
    assert S not in repr(note)


def test_a_library_that_cuts_the_address_elsewhere_tells_nothing() -> None:
    source = f"postgresql://me:pa%40rt@{S}@host/db?password=o+{S}2"
    text = f"no host named '{S}@host' for pa@rt; option o+{S}2"
    assert masked(text, source).replace("***", "") == "no host named '@host' for ; option "


@pytest.mark.parametrize(
    "text",
    [
        "设施@2024.csv",
        r"C:\data\a@b.csv",
        'columns = { "密码" = "..." }',
        'State one: layer = "..." of a, b.',
        "key = value",
        "https://example.org/a.json?service=WFS&layer=1",
        "postgresql://***@host/db",
        "postgresql://host:5432/db",
        "12:30, a=b",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_nested_values_are_masked_keys_too() -> None:
    address = f"mysql://u:{S}@h"
    found = masked_all({"a": [address, 1, None], address: {"b": (address,)}})
    assert found == {"a": ["mysql://***@h", 1, None], "mysql://***@h": {"b": ("mysql://***@h",)}}


def test_addresses_are_told_from_paths() -> None:
    assert is_address("S3://bucket/a")
    assert not is_address("a/b.csv")
    assert not is_address(None)
