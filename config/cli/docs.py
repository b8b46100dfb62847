"""`takatuf docs …`: the generated pages of docs/reference."""

import sys

import click

from config.cli import django_ready


@click.group(name="docs", help="Write and compare docs/reference, which the code writes about itself.")
def app() -> None:
    django_ready()


@app.command()
def build() -> None:
    """Write the pages anew; name what changed."""
    from config import reference

    changed = reference.build()
    for name in changed:
        click.echo(name)
    click.echo(f"{len(changed)} pages changed in {reference.FOLDER.relative_to(reference.HOUSE)}")


@app.command()
def check() -> None:
    """Fail when a page is not what the code would write today."""
    from config import reference

    different = reference.differences()
    for name in different:
        click.echo(f"docs/reference/{name} is not what the code says")
    sys.exit(1 if different else 0)
