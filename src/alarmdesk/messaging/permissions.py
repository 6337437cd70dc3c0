"""What can be granted on messages?"""

from alarmdesk.company.permissions import Resource

messages = Resource("messages", "Messages", "Customer", verbs=("view", "create"))

RESOURCES = (messages,)
