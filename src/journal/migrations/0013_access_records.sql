-- Who made and who ended an access. Null in rows of before: nobody noted it.
-- A request's user and token as 'user/label', 'PLIMSOLL_ADMIN_TOKEN', or the system user of the local command line.

ALTER TABLE tokens ADD COLUMN created_by text, ADD COLUMN revoked_by text;
ALTER TABLE users ADD COLUMN disabled_by text;
