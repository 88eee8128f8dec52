"""What applaud sees, as one JSON document."""

import json
import sys
from pathlib import Path

import requests
from applaud.connection import Connection
from applaud.endpoints.base import EndpointException
from applaud.endpoints.sales_reports import SalesReportsEndpoint
from applaud.schemas.enums import BundleIdPlatform
from applaud.schemas.requests import BundleIdCreateRequest, BundleIdUpdateRequest
from applaud.schemas.responses import AppsResponse

given = json.loads(sys.argv[1])


def connection(name):
    key = given["keys"][name]
    return Connection(given["issuer"], key["id"], Path(key["path"]).read_text())


def refused(name):
    """The status with which this client is refused, sooner or later."""
    apps = connection(name).apps()
    while True:
        try:
            apps.get()
        except (EndpointException, requests.HTTPError) as error:
            return error.response.status_code


def pages():
    """Every page, by the link to the next."""
    page = admin.apps().limit(1).get()
    yield from page.data
    while page.links.next:
        page = admin.generic_endpoint(page.links.next).get(response_class=AppsResponse)
        yield from page.data


def made():
    attributes = BundleIdCreateRequest.Data.Attributes(
        name="Made", identifier="com.example.made", platform=BundleIdPlatform.IOS
    )
    data = BundleIdCreateRequest.Data(attributes=attributes)
    return admin.bundle_ids().create(BundleIdCreateRequest(data=data)).data


def renamed(identifier):
    attributes = BundleIdUpdateRequest.Data.Attributes(name="Renamed")
    data = BundleIdUpdateRequest.Data(id=identifier, attributes=attributes)
    return admin.bundle_id(identifier).update(BundleIdUpdateRequest(data=data)).data


def report():
    sales = SalesReportsEndpoint
    asked = admin.sales_reports().filter(
        frequency=sales.Frequency.DAILY,
        report_type=sales.ReportType.SALES,
        report_sub_type=sales.ReportSubType.SUMMARY,
        vendor_number="12345678",
    )
    file = Path("report.txt")
    asked.get().save(file, decompress=True)
    return file.read_text().split("\t")[0]


admin = connection("admin")
bundle = made()

print(
    json.dumps(
        {
            "list": [app.id for app in admin.apps().get().data],
            "pages": [app.id for app in pages()],
            "created": bundle.attributes.name,
            "updated": renamed(bundle.id).attributes.name,
            "report": report(),
            "revoked": refused("revoked"),
            "sales": refused("sales"),
            "spent": refused("spent"),
        }
    )
)
