DROP TABLE inventory.warehouse, inventory.stock, inventory.reservation, inventory.adjustment, inventory.command;
REVOKE USAGE ON SCHEMA inventory FROM inventory_app, inventory_applier, auditor;
