-- Pages of orders are merged from those of each account, of which a portfolio has few: two indexes serve every filter, and
-- an order that ends writes four entries less.
DROP INDEX orders_pages;
DROP INDEX orders_pages_by_symbol;
DROP INDEX orders_pages_by_exchange;
DROP INDEX orders_pages_by_exchange_and_symbol;
