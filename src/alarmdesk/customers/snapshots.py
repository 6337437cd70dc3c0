"""What does a document keep of the customer it was made for? Name, billing address, e-mail, account number: as it was.

An issued invoice must not change when the customer moves, so it keeps this snapshot (billing.md 1.2, F42).
"""

from alarmdesk.customers.models import Address, Customer

# one row per customer of the entered company: company_id, customer_id, bill_to (jsonb, equal to `snapshot`).
# Use it as a CTE that is joined once: `with bill_to as (SNAPSHOT_SQL) … join bill_to using (customer_id)`;
# PostgreSQL then looks at the joined customers only. It holds no parameter and no percent sign.
SNAPSHOT_SQL = """
select c.company_id, c.id as customer_id, jsonb_build_object(
    'name', coalesce(nullif(c.business_name, ''), btrim(c.first_name || ' ' || c.last_name)),
    'address', to_jsonb(array_remove(array[
        coalesce(a.street, ''), coalesce(a.street_2, ''),
        concat_ws(', ', nullif(a.city, ''), nullif(concat_ws(' ', nullif(a.state, ''), nullif(a.zip_code, '')), ''))
    ], '')),
    'email', c.email,
    'account_number', c.account_number
) as bill_to
from customers_customer c
left join lateral (
    select a.street, a.street_2, a.city, a.state, a.zip_code from customers_address a
    where a.company_id = c.company_id and a.customer_id = c.id
    order by a.kind = 'service' limit 1
) a on true
"""


def snapshot(customer: Customer) -> dict[str, str | list[str]]:
    """Name, address (lines of the billing address, else of the service address), email, account_number."""
    return {
        "name": customer.name,
        "address": address_lines(billing_address(customer)),
        "email": customer.email,
        "account_number": customer.account_number,
    }


def billing_address(customer: Customer) -> Address | None:
    """Where the customer's mail goes: the billing address, else the service address. Uses prefetched addresses."""
    by_kind = {address.kind: address for address in customer.addresses.all()}
    return by_kind.get(Address.Kind.BILLING) or by_kind.get(Address.Kind.SERVICE)


def address_lines(address: Address | None) -> list[str]:
    """The address as lines of an envelope, without empty ones."""
    if address is None:
        return []
    state_zip = " ".join(part for part in (address.state, address.zip_code) if part)
    town = ", ".join(part for part in (address.city, state_zip) if part)
    return [line for line in (address.street, address.street_2, town) if line]
