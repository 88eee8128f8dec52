"""What asconnect sees, as one JSON document."""

import json
import struct
import sys
from pathlib import Path

import asconnect
from asconnect.exceptions import AppStoreConnectError
from asconnect.models import App, Platform, ScreenshotDisplayType

given = json.loads(sys.argv[1])
COFFEE = "6448311069"


def client(name):
    key = given["keys"][name]
    half = Path(key["path"]).read_text()
    return asconnect.Client(key_id=key["id"], key_contents=half, issuer_id=given["issuer"])


def refused(name):
    """The status with which this client is refused, sooner or later."""
    apps = client(name).app
    while True:
        try:
            list(apps.get_all())
        except AppStoreConnectError as error:
            return error.response.status_code


def review(version, name):
    """Sets the details of a review of this version: makes them first, then changes them."""
    return admin.version.set_app_review_details(
        version_id=version.identifier,
        contact_email="ada@acme.example",
        contact_first_name=name,
        contact_last_name="Lovelace",
        contact_phone="+44 20 7946 0000",
        demo_account_name="",
        demo_account_password="",
        demo_account_required=False,
        notes="",
    ).attributes.contact_first_name


def uploaded():
    """What becomes of a picture that is uploaded in parts."""
    size = struct.pack(">II", 1290, 2796)
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + bytes(100))
    version = admin.version.get_version(app_id=COFFEE, version_string="1.1")
    localization = next(admin.version.get_localizations(version_id=version.identifier))
    pictures = admin.screenshots.create_set(
        localization_id=localization.identifier, display_type=ScreenshotDisplayType.APP_IPHONE_67
    )
    admin.screenshots.upload_screenshot(file_path="picture.png", screenshot_set_id=pictures.identifier)
    [picture] = admin.screenshots.get_screenshots(screenshot_set_id=pictures.identifier)
    return picture.attributes.asset_delivery_state.state.value


admin = client("admin")
pages = admin.http_client.get(endpoint="apps?limit=1", data_type=list[App])
version = admin.app.create_new_version(
    version="3.0", app_id=COFFEE, platform=Platform.MACOS, copyright_text="2026 Acme"
)

print(
    json.dumps(
        {
            "list": [app.identifier for app in admin.app.get_all()],
            "pages": [app.identifier for app in pages],
            "created": review(version, "Made"),
            "updated": review(version, "Renamed"),
            "uploaded": uploaded(),
            "revoked": refused("revoked"),
            "sales": refused("sales"),
            "spent": refused("spent"),
        }
    )
)
