"""What Apple's app-store-server-library sees, as one JSON document."""

import json
import sys
from pathlib import Path

import requests
from appstoreserverlibrary.api_client import (
    APIException,
    AppStoreServerAPIClient,
    GetTransactionHistoryVersion,
)
from appstoreserverlibrary.models.Environment import Environment
from appstoreserverlibrary.models.ExtendReasonCode import ExtendReasonCode
from appstoreserverlibrary.models.ExtendRenewalDateRequest import ExtendRenewalDateRequest
from appstoreserverlibrary.models.TransactionHistoryRequest import ProductType, TransactionHistoryRequest
from appstoreserverlibrary.models.UpdateAppAccountTokenRequest import UpdateAppAccountTokenRequest
from appstoreserverlibrary.signed_data_verifier import SignedDataVerifier

given = json.loads(sys.argv[1])
TOKEN = "7e3fb20b-4cdb-47cc-936d-99d65f608138"


def connect(name):
    key = given["keys"][name]
    half = Path(key["path"]).read_bytes()
    return AppStoreServerAPIClient(half, key["id"], given["issuer"], given["bundle"], Environment.SANDBOX)


def refusal(ask):
    """What this comes to when it is refused, sooner or later."""
    while True:
        try:
            ask()
        except APIException as error:
            # Without a URL for notifications none can be tested: that is no end.
            if error.raw_api_error != 4040007:
                return error.raw_api_error or error.http_status_code


def history():
    """Every page of the consumables."""
    wanted = TransactionHistoryRequest(productTypes=[ProductType.CONSUMABLE])
    pages, revision = [], None
    while True:
        page = client.get_transaction_history(bought, revision, wanted, GetTransactionHistoryVersion.V2)
        pages.append([verifier.verify_and_decode_signed_transaction(it) for it in page.signedTransactions])
        revision = page.revision
        if not page.hasMore:
            return pages


client = connect("purchases")
root = requests.get(f"{given['url']}/sandbox/root.cer")
root.raise_for_status()
verifier = SignedDataVerifier([root.content], False, Environment.SANDBOX, given["bundle"])
bought = given["subscription"]
pages = history()
last = client.get_all_subscription_statuses(bought).data[0].lastTransactions[0]
renewal = verifier.verify_and_decode_renewal_info(last.signedRenewalInfo)
original = renewal.originalTransactionId
client.set_app_account_token(original, UpdateAppAccountTokenRequest(appAccountToken=TOKEN))
transaction = client.get_transaction_info(original).signedTransactionInfo
extension = ExtendRenewalDateRequest(
    extendByDays=3, extendReasonCode=ExtendReasonCode.OTHER, requestIdentifier=TOKEN
)

print(
    json.dumps(
        {
            "list": len({transaction.transactionId for page in pages for transaction in page}),
            "pages": len(pages),
            "status": last.status,
            "updated": verifier.verify_and_decode_signed_transaction(transaction).appAccountToken,
            "extended": client.extend_subscription_renewal_date(original, extension).success,
            "unknown": refusal(lambda: client.get_transaction_info("999999999999999")),
            "revoked": refusal(lambda: connect("former").get_transaction_info(bought)),
            "spent": refusal(client.request_test_notification),
        }
    )
)
