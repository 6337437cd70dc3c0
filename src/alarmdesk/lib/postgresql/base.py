"""What differs from Django's own engine? One promise.

Walled tables have the primary key (company_id, id), so PostgreSQL does not accept "group by id" as
standing for the whole row; Django must name every column.
"""

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.backends.postgresql.features import DatabaseFeatures as PostgreSQLFeatures


class DatabaseFeatures(PostgreSQLFeatures):
    allows_group_by_selected_pks = False


class DatabaseWrapper(PostgreSQL):
    features_class = DatabaseFeatures
