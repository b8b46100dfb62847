#!/bin/sh
# Make the environment of this checkout: .venv from requirements.lock, node_modules from package-lock.json.
# Quick when nothing changed. `setup.sh browser` also sees to a Chromium for the browser tests;
# `setup.sh lock` writes the lock anew.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { # English, then Arabic
    say "✗ $1"
    say "✗ $2"
    exit 3
}

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    stop "Python 3.11 or later is missing: install it (apt-get install python3), or name it in PYTHON." \
        "لا توجد Python 3.11 أو أحدث: ثبّتها (apt-get install python3) أو حدّدها في المتغير PYTHON."
}

check_node() {
    if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
        stop "Node.js 20 or later, with npm, is missing: install it, then run this again." \
            "لا يوجد Node.js 20 أو أحدث مع npm: ثبّته ثم أعد التنفيذ."
    fi
    if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; then
        stop "Node.js 20 or later is needed, this is $(node --version): install a newer one." \
            "المطلوب Node.js 20 أو أحدث، والموجود $(node --version): ثبّت إصدارًا أحدث."
    fi
}

find_uv() { # on the path, else from an earlier run, else by pip into .tools: nothing outside this folder changes
    if uv --version >/dev/null 2>&1; then
        echo uv
        return
    fi
    if [ ! -x .tools/bin/uv ]; then
        if ! "$1" -m pip --version >/dev/null 2>&1; then
            if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
                say "installing pip · جارٍ تثبيت pip …"
                { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-pip; } \
                    >/dev/null 2>&1 || true
            fi
            "$1" -m pip --version >/dev/null 2>&1 ||
                stop "pip is missing: sudo apt-get install python3-pip, then run this again." \
                    "أداة pip غير موجودة: نفّذ sudo apt-get install python3-pip ثم أعد التنفيذ."
        fi
        say "installing uv · جارٍ تثبيت uv …"
        "$1" -m pip install --quiet --disable-pip-version-check --target .tools "uv>=0.9" >&2 ||
            stop "uv could not be installed: check the network or pip's settings." \
                "تعذّر تثبيت uv: تحقق من الشبكة أو من إعدادات pip."
    fi
    echo .tools/bin/uv
}

make_venv() {
    wanted="$(cat pyproject.toml requirements.lock | cksum) $PWD"
    [ "$(cat .venv/.made-from 2>/dev/null)" = "$wanted" ] && return
    python=$(find_python)
    uv=$(find_uv "$python")
    say "python packages · حزم Python …"
    [ -x .venv/bin/python ] || "$uv" venv --quiet --no-project --python "$python" .venv
    "$uv" pip sync --quiet --python .venv/bin/python requirements.lock &&
        "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --offline -e . ||
        stop "The Python packages could not be installed: see the lines above." \
            "تعذّر تثبيت حزم Python: انظر الأسطر أعلاه."
    printf '%s' "$wanted" >.venv/.made-from
}

assets_made() { [ "$(cat node_modules/.made-from 2>/dev/null)" = "$(cat package-lock.json | cksum)" ]; }

make_assets() {
    assets_made && return
    wanted="$(cat package-lock.json | cksum)"
    say "front-end assets · ملفات الواجهة …"
    npm ci --silent --no-progress ||
        stop "The front-end assets could not be installed (npm ci): see the lines above." \
            "تعذّر تثبيت ملفات الواجهة (npm ci): انظر الأسطر أعلاه."
    printf '%s' "$wanted" >node_modules/.made-from
}

make_browser() {
    [ -x /usr/bin/chromium ] && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "chromium for the browser tests · متصفح لاختبارات الواجهة …"
        { apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true
    fi
    [ -x /usr/bin/chromium ] ||
        stop "The browser tests need Debian's Chromium: sudo apt-get install chromium" \
            "تحتاج اختبارات المتصفح إلى Chromium من Debian: نفّذ sudo apt-get install chromium"
}

make_lock() { # uv.lock would name the registry's address: see docs/adr/0002
    "$(find_uv "$(find_python)")" pip compile --quiet --universal --generate-hashes --no-emit-index-url \
        --python-version 3.11 --extra dev --upgrade --custom-compile-command "make lock" \
        pyproject.toml --output-file requirements.lock
    npm install --package-lock-only --silent
}

case "${1:-}" in
lock) make_lock ;;
*)
    assets_made || check_node # before the long part, not after it
    make_venv
    make_assets
    if [ "${1:-}" = browser ]; then make_browser; fi
    ;;
esac
