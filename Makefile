# Two commands: `make run` and `make test`. The others are for those who change the house.
.PHONY: run test check fix slow bench lock assets screenshots environment

PY := .venv/bin/python
BIN := .venv/bin
CODE := takatuf config tests tools conftest.py

run: environment   ## everything: database, web, worker; prints the address and the demo accounts
	@exec $(BIN)/takatuf up

test: check        ## what CI runs
	@tools/setup.sh browser
	$(BIN)/pytest -n 2

check: environment ## lock file, format, lint, types, floors, migrations, translations, generated pages
	@$(PY) tools/check.py

fix: environment   ## put right what a machine can
	$(BIN)/ruff check --fix --quiet $(CODE) || true
	$(BIN)/ruff format --quiet $(CODE)
	$(BIN)/takatuf messages extract
	$(BIN)/takatuf docs build

slow: environment  ## the long property and size tests
	$(BIN)/pytest -m slow

bench: environment ## the four measures; each prints one JSON object
	$(BIN)/takatuf bench journal --json
	$(BIN)/takatuf bench report --json
	$(BIN)/takatuf bench pages --json

lock:              ## write the exact versions and hashes anew, with what is newest
	@tools/setup.sh lock

assets: environment ## collect what the pages need into TAKATUF_HOME/static
	$(BIN)/takatuf db assets

screenshots: environment ## of the demo that `make run` started, for README and docs/how-to
	$(PY) tools/screenshots.py

environment:
	@tools/setup.sh
