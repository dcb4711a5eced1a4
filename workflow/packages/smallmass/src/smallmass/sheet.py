"""Pages beside the report in the report's looks: what `check` and `predict` show."""

import base64
import io
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from PIL import Image

STYLES = ("style", "browser", "print")
QUALITY = 70


def render(package: str, name: str, **values: object) -> str:
    """Return a page that needs no other file and no network.

    Args:
        package: The package that the template lies in; it extends ``sheet.html.j2``.
        name: The template.
        **values: Its values; one that it lacks is an error.
    """
    import jinja2

    looks = jinja2.PackageLoader("smallmass", "paper/page")
    places = [jinja2.PackageLoader(name, ".") for name in (package, "smallmass")]
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(places),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    texts = (looks.get_source(environment, f"{style}.css")[0] for style in STYLES)
    styles = Markup("\n".join(texts))  # the project's own text, not a value
    return environment.get_template(name).render(styles=styles, **values)


def data_url(picture: "Image.Image") -> str:
    """Return a picture as a JPEG inside a page."""
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.getvalue()).decode('ascii')}"
