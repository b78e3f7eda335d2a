"""What the document cannot say to Schemathesis."""

import schemathesis


@schemathesis.hook
def map_body(context, body):
    """To JSON Schema `4203.0` is an integer; the service takes amounts without a point only, because one with a point came
    out of somebody's float."""
    amount = body.get("amount") if isinstance(body, dict) else None
    value = amount.get("value") if isinstance(amount, dict) else None
    if isinstance(value, float) and value.is_integer():
        amount["value"] = int(value)
    return body


@schemathesis.check
def never_an_internal_error(ctx, response, case):
    """A 500 may say that a provider failed (13001), never that we did."""
    if response.status_code == 500:
        code = response.json()["error"].get("code")
        assert code == 13001, f"500 with {code}"
