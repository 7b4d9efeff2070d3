import json
import sys

from plimsoll_client import AuthenticatedClient
from plimsoll_client.api.orders import cancel_order, list_open_orders, place_limit_order
from plimsoll_client.models import (
    LimitOrderInput,
    LimitOrderInputExchange,
    LimitOrderInputSide,
    ListOpenOrdersExchange,
    Order,
    OrderStatus,
    Problem,
)


def limit_order(quantity: str) -> LimitOrderInput:
    return LimitOrderInput(
        exchange=LimitOrderInputExchange.BINANCE,
        symbol="BTC/USDT",
        side=LimitOrderInputSide.BUY,
        quantity=quantity,
        price=55000.1,
    )


def trade(url: str, token: str) -> dict[str, object]:
    client = AuthenticatedClient(base_url=url, token=token)
    placed = place_limit_order.sync(client=client, body=limit_order("0.001"))
    assert isinstance(placed, Order)
    status: OrderStatus = placed.status
    price: str | None = placed.price
    listed = list_open_orders.sync(client=client, exchange=ListOpenOrdersExchange.BINANCE)
    assert listed is not None and not isinstance(listed, Problem)
    refused = place_limit_order.sync(client=client, body=limit_order("0"))
    assert isinstance(refused, Problem)
    cancel_order.sync(client=client, order_id=placed.id, wait_ms=5000)
    return {"status": status.value, "price": price, "open": len(listed.orders), "refused": refused.code.value}


def wrong(order: Order) -> None:
    # Each line that expects an error proves a type: one without the error fails the check.
    LimitOrderInput(exchange="mtgox", symbol="BTC/USDT", side=LimitOrderInputSide.BUY, quantity="1", price="1")  # type: ignore[arg-type]
    LimitOrderInput(exchange=LimitOrderInputExchange.BINANCE, symbol="BTC/USDT", side="long", quantity="1", price="1")  # type: ignore[arg-type]
    LimitOrderInput(exchange=LimitOrderInputExchange.BINANCE, symbol="BTC/USDT", side=LimitOrderInputSide.BUY, quantity="1")  # type: ignore[call-arg]
    order.no_such_field  # type: ignore[attr-defined]


if __name__ == "__main__":
    print(json.dumps(trade(sys.argv[1], sys.argv[2])))
