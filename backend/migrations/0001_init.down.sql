DROP TABLE signatures;
DROP FUNCTION prevent_created_at_update();
