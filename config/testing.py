"""Settings of the tests: a database server of their own, a throwaway state folder, quick password hashes."""

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

# A run of the tests never touches the state or the roles of an instance on the same machine.
if "TAKATUF_TEST_HOME" not in os.environ:
    os.environ["TAKATUF_TEST_HOME"] = tempfile.mkdtemp(prefix="takatuf-test-home-")
    atexit.register(shutil.rmtree, os.environ["TAKATUF_TEST_HOME"], ignore_errors=True)
# Each worker has keys and snapshots of its own, as it has a database of its own.
os.environ["TAKATUF_HOME"] = str(
    Path(os.environ["TAKATUF_TEST_HOME"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
)
os.environ["TAKATUF_ROLE_PREFIX"] = "takatuf_test"
os.environ["TAKATUF_DATABASE_ROLE_PASSWORD"] = "only-for-tests"  # noqa: S105
os.environ["TAKATUF_DEMO"] = "no"
for name in ("TAKATUF_DEBUG", "TAKATUF_SECOND_FACTOR", "TAKATUF_HTTPS"):
    os.environ.pop(name, None)

from config.settings import *  # noqa: E402, F403
from config.settings import BASE_DIR, DATABASE_ADMINISTRATOR, DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Static files are found where they lie: nothing is collected for a test.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

# Without DATABASE_URL the tests of one checkout share one server, in a short folder that others may enter.
_checkout = hashlib.sha256(os.fsencode(BASE_DIR)).hexdigest()[:10]
TEST_SERVER = Path(tempfile.gettempdir()) / f"takatuf-tests-{os.getuid()}-{_checkout}" / "pg"
if not os.environ.get("DATABASE_URL"):
    for place in (DATABASE_ADMINISTRATOR, *DATABASES.values()):
        place["HOST"] = str(TEST_SERVER)
