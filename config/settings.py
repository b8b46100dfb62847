"""Settings: read once from the environment, wrong values fail at start with a sentence."""

import os
from pathlib import Path
from typing import Any

from django.contrib.messages import constants as message_levels
from django.utils.translation import gettext_lazy as _

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent
TAKATUF_HOME = environment.home()
TAKATUF_PACK = os.environ.get("TAKATUF_PACK", "bh")
PACKS_DIR = Path(os.environ.get("TAKATUF_PACKS_DIR", BASE_DIR / "packs"))
# The embedded database is for looking and learning: demo mode unless told otherwise. A real one never is by itself.
DEMO = environment.flag("TAKATUF_DEMO", default=not environment.database_url())
DEBUG = environment.flag("TAKATUF_DEBUG", default=False)
SECRET_KEY = environment.secret("django_secret_key", TAKATUF_HOME)
ALLOWED_HOSTS = environment.words("TAKATUF_HOSTS", default="localhost 127.0.0.1 [::1]")
CSRF_TRUSTED_ORIGINS = environment.words("TAKATUF_ORIGINS", default="")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "procrastinate.contrib.django",
    "takatuf.kernel",
    "takatuf.journal",
    "takatuf.access",
    "takatuf.duties",
    "takatuf.people",
    "takatuf.cases",
    "takatuf.statistics",
    "takatuf.desk",
    "takatuf.nation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "takatuf.access.middleware.ActingMiddleware",
]

ROOT_URLCONF = "config.urls"
TAKATUF_TIES = "config.ties"  # what a merge of two persons does to each foreign key to a person
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Ours stand before those of allauth, which is installed earlier.
        "DIRS": [BASE_DIR / "takatuf" / "desk" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "takatuf.desk.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "takatuf.desk.templatetags.desk",
            ],
        },
    }
]

DATABASES = environment.databases(TAKATUF_HOME)
DATABASE_ADMINISTRATOR = environment.administrator(TAKATUF_HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_ROUTERS: list[str] = []

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "takatuf.access.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "takatuf.desk.forms.entrance.SignIn",
    "change_password": "takatuf.desk.forms.entrance.ChangePassword",
    "reauthenticate": "takatuf.desk.forms.entrance.Reauthenticate",
}
MFA_FORMS = {
    "authenticate": "takatuf.desk.forms.entrance.Authenticate",
    "reauthenticate": "takatuf.desk.forms.entrance.ReauthenticateByCode",
    "activate_totp": "takatuf.desk.forms.entrance.ActivateAuthenticator",
}
MFA_TOTP_ISSUER = "Takatuf"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
# Delay, never lock out: locking a public servant out of her worklist is itself an attack.
ACCOUNT_RATE_LIMITS = {"login_failed": False, "login": "60/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or DEMO
TAKATUF_SECOND_FACTOR = environment.flag("TAKATUF_SECOND_FACTOR", default=not DEMO)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.flag("TAKATUF_HTTPS", default=False)
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_TAGS = {message_levels.SUCCESS: "good", message_levels.WARNING: "warn", message_levels.ERROR: "bad"}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        # ECharts and htmx set style attributes at run time; no style element comes from data.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

LANGUAGES = [("ar", _("Arabic")), ("en", _("English"))]
LANGUAGE_CODE = "ar"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = TAKATUF_HOME / "static"
STATICFILES_DIRS: list[Any] = environment.front_end_assets(BASE_DIR)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_IMPORT_PATHS = ["config.worker"]
LOGGING = environment.logging(DEBUG)
