"""What codemagic-cli-tools see, as one JSON document: the library, and the command `app-store-connect`."""

import json
import os
import subprocess
import sys
from pathlib import Path

from codemagic.apple import AppStoreConnectApiError
from codemagic.apple.app_store_connect import AppStoreConnectApiClient, IssuerId, KeyIdentifier
from codemagic.apple.resources import BundleIdPlatform

given = json.loads(sys.argv[1])


def client(name):
    key = given["keys"][name]
    half = Path(key["path"]).read_text()
    return AppStoreConnectApiClient(KeyIdentifier(key["id"]), IssuerId(given["issuer"]), half)


def refused(name):
    """The status with which this client is refused, sooner or later."""
    apps = client(name).apps
    while True:
        try:
            apps.list()
        except AppStoreConnectApiError as error:
            return error.response.status_code


def command(*arguments):
    key = given["keys"]["admin"]
    environment = os.environ | {
        "APP_STORE_CONNECT_ISSUER_ID": given["issuer"],
        "APP_STORE_CONNECT_KEY_IDENTIFIER": key["id"],
        "APP_STORE_CONNECT_PRIVATE_KEY": Path(key["path"]).read_text(),
    }
    program = [sys.executable, "-m", "codemagic.tools.app_store_connect", *arguments, "--json"]
    done = subprocess.run(program, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


admin = client("admin")
made = admin.bundle_ids.create("com.example.made", "Made", BundleIdPlatform.IOS)
admin.bundle_ids.modify(made.id, "Renamed")
updated = admin.bundle_ids.read(made.id)
admin.bundle_ids.delete(made.id)

print(
    json.dumps(
        {
            "list": [app.id for app in admin.apps.list()],
            "pages": [app["id"] for app in admin.paginate(f"{admin.API_URL}/apps", page_size=1)],
            "created": made.attributes.name,
            "updated": updated.attributes.name,
            "revoked": refused("revoked"),
            "sales": refused("sales"),
            "spent": refused("spent"),
            "command": [app["id"] for app in command("apps", "list")],
        }
    )
)
