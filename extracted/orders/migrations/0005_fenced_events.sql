-- Events and snapshots are written beside a row of `purchase`, whose fence a careful writer meets. One that
-- is not careful, psql or a script, would have met none here.
SELECT handover.fence_table('orders', 'orders.event'::regclass);
SELECT handover.fence_table('orders', 'orders.snapshot'::regclass);
