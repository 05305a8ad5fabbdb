"""An installation is set up by its environment and one city file; what is unusable is said in words, before anything starts."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engage.base.config import DEFAULT_CITY, ROOT, City, Settings, as_psycopg
from engage.base.i18n import speaking
from engage.base.sms import SmsSettings
from engage.base.telegram import OFFICIAL

KEY = "0123456789abcdef0123456789abcdef"
ENOUGH = {"ENGAGE_DATABASE_URL": "postgresql:///engage", "ENGAGE_SECRET_KEY": KEY}


TOKEN = "12345:abcDEF_ghi-jkl"
SMS = {**ENOUGH, "ENGAGE_SMS_URL": "https://sms.example.org/send?account=7"}
BOT = {**ENOUGH, "ENGAGE_TELEGRAM_TOKEN": TOKEN}
HOOKED = {**BOT, "ENGAGE_TELEGRAM_WEBHOOK_URL": "https://laering.example.org"}


def settings(**more: str) -> Settings:
    return Settings.from_environment({**ENOUGH, **more})


def test_a_database_and_a_key_are_enough() -> None:
    found = settings()
    assert found.database_url == "postgresql+psycopg:///engage"
    assert found.secret_key == KEY
    assert not found.development
    assert found.smtp_url is None


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({}, "ENGAGE_DATABASE_URL"),
        ({"ENGAGE_DATABASE_URL": ""}, "ENGAGE_DATABASE_URL"),
        ({"ENGAGE_DATABASE_URL": "postgresql:///engage"}, "ENGAGE_SECRET_KEY"),
        ({**ENOUGH, "ENGAGE_SECRET_KEY": "short"}, "ENGAGE_SECRET_KEY"),
        ({**ENOUGH, "ENGAGE_SECRET_KEY": "short", "ENGAGE_DEVELOPMENT": "1"}, "ENGAGE_SECRET_KEY"),
        ({**ENOUGH, "ENGAGE_TRUSTED_PROXIES": "one"}, "ENGAGE_TRUSTED_PROXIES"),
        ({**ENOUGH, "ENGAGE_UNCONFIRMED_PER_CLIENT": "-1"}, "ENGAGE_UNCONFIRMED_PER_CLIENT"),
        ({**ENOUGH, "ENGAGE_CITY": "/nowhere/city.toml"}, "/nowhere/city.toml"),
        ({**ENOUGH, "ENGAGE_SMTP_URL": "mail.example.org:25"}, "ENGAGE_SMTP_URL"),
        ({**ENOUGH, "ENGAGE_SMTP_URL": "smtp://mail.example.org:port"}, "ENGAGE_SMTP_URL"),
        ({**ENOUGH, "ENGAGE_SMTP_URL": "smtp://"}, "ENGAGE_SMTP_URL"),
        ({**ENOUGH, "ENGAGE_SMTP_URL": "https://mail.example.org"}, "ENGAGE_SMTP_URL"),
        ({**ENOUGH, "ENGAGE_TELEGRAM_TOKEN": "a token"}, "ENGAGE_TELEGRAM_TOKEN"),
        ({**ENOUGH, "ENGAGE_TELEGRAM_TOKEN": "12:"}, "ENGAGE_TELEGRAM_TOKEN"),
        ({**ENOUGH, "ENGAGE_TELEGRAM_RATE": "5"}, "no ENGAGE_TELEGRAM_TOKEN"),
        ({**BOT, "ENGAGE_TELEGRAM_API_URL": "telegram"}, "ENGAGE_TELEGRAM_API_URL"),
        ({**BOT, "ENGAGE_TELEGRAM_API_URL": "https://u:p@bots.example.org"}, "ENGAGE_TELEGRAM_API_URL"),
        ({**BOT, "ENGAGE_TELEGRAM_RATE": "30"}, "ENGAGE_TELEGRAM_RATE"),
        ({**BOT, "ENGAGE_TELEGRAM_RATE": "0"}, "ENGAGE_TELEGRAM_RATE"),
        ({**BOT, "ENGAGE_TELEGRAM_RATE": "fast"}, "ENGAGE_TELEGRAM_RATE"),
        ({**BOT, "ENGAGE_TELEGRAM_WEBHOOK_URL": "laering.example.org"}, "ENGAGE_TELEGRAM_WEBHOOK_URL"),
        ({**BOT, "ENGAGE_TELEGRAM_WEBHOOK_URL": "https://laering.example.org/other"}, "ENGAGE_TELEGRAM_WEBHOOK_URL"),
        ({**ENOUGH, "ENGAGE_SMS_TOKEN": "t"}, "no ENGAGE_SMS_URL"),
        ({**ENOUGH, "ENGAGE_SMS_URL": "http://sms.example.org/send"}, "ENGAGE_SMS_URL"),
        ({**ENOUGH, "ENGAGE_SMS_URL": "sms.example.org"}, "ENGAGE_SMS_URL"),
        ({**ENOUGH, "ENGAGE_SMS_URL": "https://u:hunter2@sms.example.org"}, "ENGAGE_SMS_URL"),
        ({**SMS, "ENGAGE_SMS_SENDER": "Sønderborg Kommune"}, "ENGAGE_SMS_SENDER"),
        ({**ENOUGH, "ENGAGE_CREDENTIAL_KEY": "short"}, "ENGAGE_CREDENTIAL_KEY"),
        ({**SMS, "ENGAGE_SMS_RATE": "0"}, "ENGAGE_SMS_RATE"),
        ({**SMS, "ENGAGE_SMS_SEGMENTS": "11"}, "ENGAGE_SMS_SEGMENTS"),
        ({**SMS, "ENGAGE_SMS_HOOK_SECRET": "short"}, "ENGAGE_SMS_HOOK_SECRET"),
        ({**HOOKED, "ENGAGE_TELEGRAM_WEBHOOK_SECRET": "with spaces"}, "ENGAGE_TELEGRAM_WEBHOOK_SECRET"),
        ({**HOOKED, "ENGAGE_TELEGRAM_WEBHOOK_SECRET": "x" * 257}, "ENGAGE_TELEGRAM_WEBHOOK_SECRET"),
    ],
)
def test_what_is_missing_or_unusable_is_named(environment: dict[str, str], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Settings.from_environment(environment)


def test_a_password_is_not_repeated_in_a_complaint() -> None:
    with pytest.raises(ValueError) as caught:
        settings(ENGAGE_SMTP_URL="smpt://user:hunter2@mail.example.org")
    assert "hunter2" not in str(caught.value)


def test_a_gateway_for_sms_is_off_until_its_address_is_set() -> None:
    assert settings().sms is None
    url, secret = SMS["ENGAGE_SMS_URL"], "only-the-gateway-knows"
    given = settings(
        ENGAGE_SMS_URL=url, ENGAGE_SMS_TOKEN="t", ENGAGE_SMS_SENDER="Byen", ENGAGE_SMS_HOOK_SECRET=secret
    ).sms
    assert given == SmsSettings(url=url, token="t", sender="Byen", per_second=5, segments=3, hook_secret=secret)
    assert settings(ENGAGE_SMS_URL="http://127.0.0.1:9/").sms is not None, "in the clear on this machine alone"
    with pytest.raises(ValueError) as caught:
        settings(ENGAGE_SMS_URL="https://u:hunter2@sms.example.org")
    assert "hunter2" not in str(caught.value)


def test_a_token_or_secret_is_not_repeated_in_a_complaint() -> None:
    for given in ({"ENGAGE_TELEGRAM_TOKEN": "12:hunter 2"}, {**HOOKED, "ENGAGE_TELEGRAM_WEBHOOK_SECRET": "hunter 2"}):
        with pytest.raises(ValueError) as caught:
            settings(**given)
        assert "hunter" not in str(caught.value)


def test_a_bot_needs_no_more_than_its_token() -> None:
    assert settings().telegram is None
    bot = settings(ENGAGE_TELEGRAM_TOKEN=TOKEN).telegram
    assert bot is not None
    assert (bot.bot, bot.source, bot.api_url, bot.per_second) == (12345, "telegram:12345", OFFICIAL, 25)
    assert (bot.webhook_url, bot.webhook_secret) == ("", "")


def test_a_bots_own_server_may_have_no_limit() -> None:
    own = {"ENGAGE_TELEGRAM_API_URL": "http://127.0.0.1:8081/", "ENGAGE_TELEGRAM_RATE": "0"}
    bot = settings(ENGAGE_TELEGRAM_TOKEN=TOKEN, **own).telegram
    assert bot is not None and (bot.api_url, bot.per_second) == ("http://127.0.0.1:8081", 0)


def test_a_webhook_needs_only_the_host_and_makes_a_secret_of_its_own() -> None:
    bots = [settings(**HOOKED).telegram, settings(**{**HOOKED, "ENGAGE_SECRET_KEY": KEY[::-1]}).telegram]
    urls, secrets = ({getattr(bot, name) for bot in bots} for name in ("webhook_url", "webhook_secret"))
    assert urls == {"https://laering.example.org/hooks/telegram"}
    assert len(secrets) == 2 and all(len(each) == 64 for each in secrets), "another installation has another secret"
    given = settings(**HOOKED, ENGAGE_TELEGRAM_WEBHOOK_SECRET="s3cret_-").telegram
    assert given is not None and given.webhook_secret == "s3cret_-"


def test_a_city_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "city.toml"
    broken.write_text("[city\nname=")
    with pytest.raises(ValueError, match=r"city\.toml"):
        settings(ENGAGE_CITY=str(broken))


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ("closed_account_days = 0", "closed_account_days"),
        ("closed_account_days = -1\naudit_days = 365", "closed_account_days"),
        ('audit_days = "a year"', "audit_days"),
        ("message_days = 1.5", "message_days"),
        ("message_days = true", "message_days"),
        ("sign_up_days = 99999", "sign_up_days"),
    ],
)
def test_a_period_that_is_no_number_of_days_is_named_at_the_start(tmp_path: Path, wrong: str, word: str) -> None:
    city = tmp_path / "city.toml"
    city.write_text(f'[city]\nname = "Havnby"\n[retention]\n{wrong}\n')
    with pytest.raises(ValueError, match=rf"{word}\.$"):
        settings(ENGAGE_CITY=str(city))


def test_the_default_citys_periods_can_be_used() -> None:
    assert settings().city.wrong_periods == ()
    assert settings().city.keep_closed_accounts == timedelta(days=365)
    assert City({}).keep_closed_accounts == timedelta(days=365)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ('[quiet_hours]\nfrom = "nine"', "quiet_hours"),
        ('[quiet_hours]\nfrom = "24:30"', "quiet_hours"),
        ("[quiet_hours]\nuntil = 8", "quiet_hours"),
        ('[quiet_hours]\nfrom = "08:00"', "the same"),
        ('[quiet_hours]\nfrom = "21:00+02:00"', "quiet_hours"),
        ("[statistics]\nsuppress_below = 1", "suppress_below"),
        ("[statistics]\nsuppress_below = true", "suppress_below"),
        ("[statistics]\nrelease_after_days = 0", "release_after_days"),
        ("[statistics]\nsmall_area = 5", "small_area"),
        ('[[areas]]\nkey = "outside"\nname = "Udenfor"', "areas"),
        ('[[areas]]\nkey = "1"', "areas"),
        ('[statistics]\nsuppress_below = "5"', "suppress_below"),
    ],
)
def test_what_would_hide_nobody_or_never_be_quiet_is_named_at_the_start(tmp_path: Path, wrong: str, word: str) -> None:
    city = tmp_path / "city.toml"
    city.write_text(f'[city]\nname = "Havnby"\n{wrong}\n')
    with pytest.raises(ValueError, match=rf"city\.toml.*{word}"):
        settings(ENGAGE_CITY=str(city))


def test_a_city_says_when_it_is_quiet_and_which_numbers_are_too_small(tmp_path: Path) -> None:
    assert (settings().quiet_from, settings().quiet_until, settings().city.suppress_below) == (time(21), time(8), 5)
    assert (City({}).quiet, City({}).suppress_below) == ((time(21), time(8)), 5)
    city = tmp_path / "city.toml"
    city.write_text(
        '[city]\nname = "Havnby"\n[quiet_hours]\nfrom = "22:30"\nuntil = 07:00:00\n[statistics]\nsuppress_below = 8\n'
    )
    found = settings(ENGAGE_CITY=str(city))
    assert (found.quiet_from, found.quiet_until, found.city.suppress_below) == (time(22, 30), time(7), 8)


class Noting(Mapping[str, Any]):
    """A table of the city file that notes which of its keys are asked for, as the path that leads there."""

    def __init__(self, kept: Mapping[str, Any], asked: set[str], path: str = "") -> None:
        self._kept, self._asked, self._path = kept, asked, path

    def __getitem__(self, key: str) -> Any:
        found = self._kept[key]  # raises KeyError like any table
        self._asked.add(path := f"{self._path}{key}")
        return Noting(found, self._asked, f"{path}.") if isinstance(found, dict) else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def leaves(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


def test_no_key_of_the_city_file_is_a_setting_that_nobody_reads() -> None:
    asked: set[str] = set()
    facts = City.read(DEFAULT_CITY).facts
    city = City(Noting(facts, asked))
    wholes: dict[str, str] = {}  # the tables that are handed out as they are, by the name of what hands them out
    for name, member in vars(City).items():
        if isinstance(member, property | cached_property):
            for language in ("da", "en", "de"):
                with speaking(language):
                    found = getattr(city, name)
                if isinstance(found, Noting):
                    wholes[found._path] = name
    sources = [*(ROOT / "engage").rglob("*.py"), *(ROOT / "engage").rglob("*.html")]
    words = "\n".join(each.read_text("utf-8") for each in sources)
    # The look is written out whole; of the other tables whoever reads a key says its name.
    asked |= {each for each in leaves(facts) if each.startswith("theme.")}
    for path in wholes:
        for key in facts[path.rstrip(".")]:
            if re.search(rf"\"{key}\"|\b{wholes[path]}\.{key}\b", words):
                asked.add(f"{path}{key}")
    assert set(leaves(facts)) - asked == set()


def test_a_development_installation_makes_a_key_of_its_own_each_time() -> None:
    without = {"ENGAGE_DATABASE_URL": "postgresql:///engage", "ENGAGE_DEVELOPMENT": "1"}
    first, second = Settings.from_environment(without), Settings.from_environment(without)
    assert len(first.secret_key) >= 32
    assert first.secret_key != second.secret_key


@pytest.mark.parametrize("value", ["", "0", "true", "yes"])
def test_the_development_mode_is_set_by_one_word_alone(value: str) -> None:
    assert not settings(ENGAGE_DEVELOPMENT=value).development


def test_every_setting_can_be_given(tmp_path: Path) -> None:
    found = settings(
        ENGAGE_BASE_URL="https://laering.example.org/",
        ENGAGE_SMTP_URL="smtp+starttls://user:p%40ss@mail.example.org:587",
        ENGAGE_MAIL_FROM="laering@example.org",
        ENGAGE_TRUSTED_PROXIES="1",
        ENGAGE_UNCONFIRMED_PER_ADDRESS="7",
        ENGAGE_UNCONFIRMED_PER_CLIENT="0",
        ENGAGE_FORMS_PER_CLIENT_MINUTE="9",
        ENGAGE_CHAT_PER_PERSON_MINUTE="11",
        ENGAGE_VAR=str(tmp_path),
    )
    assert (found.host, found.mail_from, found.trusted_proxies, found.var) == (
        "laering.example.org",
        "laering@example.org",
        1,
        tmp_path,
    )
    assert (found.unconfirmed_per_address, found.unconfirmed_per_client) == (7, 0)
    assert (found.forms_per_client_minute, found.chat_per_person_minute) == (9, 11)
    assert found.links.chat() == "https://laering.example.org/chat"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/engage", "postgresql+psycopg://u:p@db/engage"),
        ("postgresql://u:p@db/engage?sslmode=require", "postgresql+psycopg://u:p@db/engage?sslmode=require"),
        ("postgresql+psycopg://u@/engage?host=/run", "postgresql+psycopg://u@/engage?host=/run"),
    ],
)
def test_every_spelling_of_postgresql_leads_to_our_driver(given: str, used: str) -> None:
    assert as_psycopg(given) == used


def test_another_city_is_another_file(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text(
        '[city]\nname = "Havnby"\ndefault_language = "de"\nlanguages = ["da", "de"]\ntime_zone = "Europe/Berlin"\n'
        'holidays_country = "DE"\n[city.tagline]\nda = "Lær"\nde = "Lerne"\n[contact]\nemail = "post@example.org"\n'
        "[retention]\nsign_up_days = 3\n",
        "utf-8",
    )
    city = settings(ENGAGE_CITY=str(file)).city
    assert (city.name, city.title, city.authority, city.controller) == ("Havnby", "Havnby", "Havnby", "Havnby")
    assert city.languages == ("de", "da")
    assert city.zone == ZoneInfo("Europe/Berlin")
    assert city.country == "DE"
    assert city.keep_sign_ups == timedelta(days=3)
    assert (city.keep_talks, city.keep_messages) == (timedelta(days=7), timedelta(days=90))
    assert city.statement_url == ""
    with speaking("de"):
        assert city.tagline == "Lerne"
    with speaking("en"):
        assert city.tagline == "Lær", "a language the city has no words in falls back"


def test_the_shipped_city_is_complete() -> None:
    city = City.read(DEFAULT_CITY)
    assert city.languages == ("da", "en", "de")
    for language in city.languages:
        with speaking(language):
            assert city.tagline
            assert city.opening_hours
    assert city.contact["email"].endswith("@example.org"), "nobody's real address is shipped"
    assert city.notice_version
    assert min(city.keep_sign_ups, city.keep_talks, city.keep_messages) > timedelta(0)
    assert set(city.theme["dimensions"]) == {"environmental", "social", "cultural", "economic"}
    assert tomllib.loads(DEFAULT_CITY.read_text("utf-8")) == city.facts
