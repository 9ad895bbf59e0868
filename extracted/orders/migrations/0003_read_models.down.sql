DROP TRIGGER forget_history ON orders.purchase;
DROP TRIGGER wake_projector ON orders.event;
DROP FUNCTION orders.forget_history();
DROP FUNCTION orders.wake_projector();
DROP TABLE orders.projection, orders.history, orders.sale, orders.sales_of_day, orders.sales_of_product,
    orders.sales_of_customer, orders.customer;
