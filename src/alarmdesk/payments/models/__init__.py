"""Which tables hold what was paid, every attempt at it, and what gateways say of it?"""

from alarmdesk.payments.models.books import Deposit, Discrepancy, InboundEvent
from alarmdesk.payments.models.collecting import DunningPolicy, Promise, SentForm
from alarmdesk.payments.models.methods import AutoPay, BillingMethod, Gateway, MethodUpdate
from alarmdesk.payments.models.money import Allocation, Attempt, GatewayEvent, PaidOut, Payment, PlannedAllocation
from alarmdesk.payments.models.statements import Statement

__all__ = [
    "Allocation",
    "Attempt",
    "AutoPay",
    "BillingMethod",
    "Deposit",
    "Discrepancy",
    "DunningPolicy",
    "Gateway",
    "GatewayEvent",
    "InboundEvent",
    "MethodUpdate",
    "PaidOut",
    "Payment",
    "PlannedAllocation",
    "Promise",
    "SentForm",
    "Statement",
]
