"""What is configured, and from where? Everything from the environment; .env.example lists every variable."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent
ROOT = BASE_DIR.parent.parent


def _flag(name: str, *, default: bool) -> bool:
    return os.environ.get(name, str(default)).strip().lower() in ("1", "true", "yes", "on")


def _list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def _database(url: str) -> dict[str, object]:
    """A DATABASES entry from postgresql://user:password@host:port/name?option=value (host may be a socket folder)."""
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "alarmdesk.lib.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": int(os.environ.get("DATABASE_CONN_MAX_AGE", "60")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


ENVIRONMENT = os.environ.get("ALARMDESK_ENV", "production")
DEBUG = _flag("ALARMDESK_DEBUG", default=False)
SECRET_KEY = os.environ.get("ALARMDESK_SECRET_KEY", "")
SEALING_KEYS: dict[str, str] = {
    key_id: key for key_id, _, key in (pair.partition(":") for pair in _list("ALARMDESK_SEALING_KEYS"))
}
ALLOWED_HOSTS = _list("ALARMDESK_HOSTS", "localhost,127.0.0.1,[::1]")
SITE_URL = os.environ.get("ALARMDESK_SITE_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = _list("ALARMDESK_TRUSTED_ORIGINS")
# how many proxies of ours stand before web and write X-Forwarded-For and X-Forwarded-Proto
TRUSTED_PROXIES = int(os.environ.get("ALARMDESK_TRUSTED_PROXIES", "0"))
USE_HTTPS = _flag("ALARMDESK_HTTPS", default=SITE_URL.startswith("https://"))
# a folder for what is built or written at run time: static files, the font, logs
VAR = Path(os.environ.get("ALARMDESK_VAR", ROOT / "var"))

DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql:///alarmdesk"))}
DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# tasks that stand deeper than a room's own tasks.py
PROCRASTINATE_IMPORT_PATHS = [
    "alarmdesk.office.importing.tasks",
    "alarmdesk.office.ticketing.tasks",
    "alarmdesk.payments.tasks_raising",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "alarmdesk.company",
    "alarmdesk.customers",
    "alarmdesk.messaging",
    "alarmdesk.equipment",
    "alarmdesk.monitoring",
    "alarmdesk.credit",
    "alarmdesk.scheduling",
    "alarmdesk.invoicing",
    "alarmdesk.payments",
    "alarmdesk.portal",
    "alarmdesk.office",
]

MIDDLEWARE = [
    "alarmdesk.lib.proxies.BehindProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "alarmdesk.company.front_door.FrontDoor",
    "alarmdesk.office.merging.leading.LeadToKept",
    "alarmdesk.office.palette.Footprints",
]

ROOT_URLCONF = "alarmdesk.urls"
WSGI_APPLICATION = "alarmdesk.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "alarmdesk.lib.furniture",
                "alarmdesk.company.tags",
                "template_partials.templatetags.partials",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "alarmdesk.office.navigation.frame",
                "alarmdesk.invoicing.beside.beside",
                "alarmdesk.payments.beside.beside",
                "alarmdesk.portal.frame.portal",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# who makes the links under which an invoice, or all that is owed, is paid, and a quote is signed: letters of the rooms
# below carry them
PAY_LINKS = {
    "invoice": "alarmdesk.portal.pay_links.offered_for",
    "invoices": "alarmdesk.portal.pay_links.offered_for_many",
    "balance": "alarmdesk.portal.pay_links.offered_for_balance",
    "quote": "alarmdesk.portal.quote_links.link_for",
}

# one shared cache for rate limits: a table, so that any number of web processes count together
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # with the 300 of old a few hundred visitors would throw out each other's counts
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if USE_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

AUTH_USER_MODEL = "company.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if ENVIRONMENT == "test":  # a proper hash costs a third of a second, a thousand times over
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "companies"
ACCOUNT_ADAPTER = "alarmdesk.office.accounts.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    name: f"alarmdesk.office.account_forms.{form}"
    for name, form in {
        "login": "LoginForm",
        "reset_password": "ResetPasswordForm",
        "reset_password_from_key": "ResetPasswordKeyForm",
        "change_password": "ChangePasswordForm",
        "add_email": "AddEmailForm",
        "reauthenticate": "ReauthenticateForm",
    }.items()
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "AlarmDesk"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not USE_HTTPS
USERSESSIONS_TRACK_ACTIVITY = False  # a write on every request for a column that the list can do without

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("font", VAR / "font")]
(VAR / "font").mkdir(parents=True, exist_ok=True)
# where the files of customers are: a folder, or a bucket (with django-storages installed; docs/operating.md says how)
FILES = Path(os.environ.get("ALARMDESK_FILES", VAR / "files"))
FILES_BUCKET = os.environ.get("ALARMDESK_FILES_BUCKET", "")
FILE_QUOTA = int(os.environ.get("ALARMDESK_FILE_QUOTA_GB", "50")) * 1_000_000_000
FILE_LARGEST = int(os.environ.get("ALARMDESK_FILE_LARGEST_GB", "5")) * 1_000_000_000
STORAGES = {
    "files": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": FILES_BUCKET, "default_acl": None, "file_overwrite": False},
    }
    if FILES_BUCKET
    else {"BACKEND": "alarmdesk.lib.shelf.Shelf", "OPTIONS": {"location": FILES}},
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENVIRONMENT in ("production", "demo")
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = ENVIRONMENT not in ("production", "demo")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "object-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# an invoice of 200 lines has 1,200 boxes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("SMTP_HOST", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SMTP_PASSWORD", "")
EMAIL_USE_TLS = _flag("SMTP_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "AlarmDesk <no-reply@alarmdesk.example>")

# where NMI's servers are; a dealer in test mode, the demo and the tests go to the simulator instead
NMI_URL = os.environ.get("NMI_URL", "https://secure.nmi.com").rstrip("/")
STRIPE_API_URL = os.environ.get("STRIPE_API_URL", "https://api.stripe.com").rstrip("/")
STRIPE_SCRIPTS_URL = os.environ.get("STRIPE_SCRIPTS_URL", "https://js.stripe.com").rstrip("/")
# where the credit bureaus' servers are
TRANSUNION_URL = os.environ.get("TRANSUNION_URL", "https://netaccess.transunion.com").rstrip("/")
EQUIFAX_URL = os.environ.get("EQUIFAX_URL", "https://transport5.ec.equifax.com").rstrip("/")
GATEWAY_CALLS_IN_FLIGHT = int(os.environ.get("GATEWAY_CALLS_IN_FLIGHT", "64"))
GATEWAY_CONNECT_SECONDS = float(os.environ.get("GATEWAY_CONNECT_SECONDS", "5"))
GATEWAY_ANSWER_SECONDS = float(os.environ.get("GATEWAY_ANSWER_SECONDS", "30"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_keys": {"()": "alarmdesk.lib.redacting.WithoutKeys"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_keys"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("ALARMDESK_LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        # a line for each call, twice
        "stripe": {"level": "WARNING"},
        # every process that loads the tasks would list them
        "procrastinate.periodic": {"level": "WARNING"},
        "procrastinate.blueprints": {"level": "WARNING"},
    },
}
