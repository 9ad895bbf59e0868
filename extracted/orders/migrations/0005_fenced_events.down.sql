DROP TRIGGER handover_fence ON orders.event;
DROP TRIGGER handover_fence ON orders.snapshot;
