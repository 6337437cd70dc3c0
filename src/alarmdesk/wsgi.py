"""What does the web server load? The WSGI application, refused to a role that row security does not bind."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alarmdesk.settings")

application = get_wsgi_application()

from alarmdesk.deployment.database import assert_walled_role  # noqa: E402  (needs the set-up of Django above)

assert_walled_role()
