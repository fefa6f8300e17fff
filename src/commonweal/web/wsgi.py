"""The site for a WSGI server: `gunicorn commonweal.web.wsgi` with DJANGO_SETTINGS_MODULE set."""

import os

from django.core.wsgi import get_wsgi_application

from commonweal.governance import files

files.keep_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonweal.web.settings.production")
application = get_wsgi_application()
