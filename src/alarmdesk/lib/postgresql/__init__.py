"""Which database engine? Django's PostgreSQL, for tables whose primary key begins with the tenant."""
