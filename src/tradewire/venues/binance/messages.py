"""What Binance Spot writes on its market streams and in the REST answers used here.

Prices and quantities arrive as decimal text and stay text in the stream payloads: whoever needs a number converts it once.
Only the members that tradewire uses are declared; the decoder skips the rest. Sources: web-socket-streams.md, rest-api.md.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

Payload = TypeVar("Payload")
#: An id, a time or a count. Whatever is outside is no such thing, and would overflow somebody's 64 bits further on.
Natural: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
#: Price and quantity.
Pairs: TypeAlias = list[tuple[str, str]]
#: The same where a recording of older years kept a third, empty element in each level.
LoosePairs: TypeAlias = list[list[str | list[None]]]


class Wrapped(msgspec.Struct, Generic[Payload], gc=False):
    """``{"stream":"btcusdt@trade","data":{…}}``; the stream's name has been read by then."""

    data: Payload


class TradeMessage(msgspec.Struct, gc=False):
    """One trade; ``m`` is true when the buyer was the maker, so that the taker sold.

    ``{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}``
    """

    trade_id: Natural = field(name="t")
    price: str = field(name="p")
    quantity: str = field(name="q")
    time: Natural = field(name="T")
    buyer_was_maker: bool = field(name="m")


class AggregateTradeMessage(msgspec.Struct, gc=False):
    """One taker order at one price: aggregate id, first and last trade id.

    ``{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true}``
    """

    aggregate_id: Natural = field(name="a")
    price: str = field(name="p")
    quantity: str = field(name="q")
    first: Natural = field(name="f")
    last: Natural = field(name="l")
    time: Natural = field(name="T")
    buyer_was_maker: bool = field(name="m")


class BookTickerMessage(msgspec.Struct, gc=False):
    """Best bid and ask with their quantities. It carries no event name and no time.

    ``{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}``
    """

    update_id: Natural = field(name="u")
    bid: str = field(name="b")
    bid_quantity: str = field(name="B")
    ask: str = field(name="a")
    ask_quantity: str = field(name="A")


class DepthMessage(msgspec.Struct, gc=False):
    """Absolute quantities of the levels that changed between the update ids ``U`` and ``u``, both included.

    ``{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}``
    """

    time: Natural = field(name="E")
    first: Natural = field(name="U")
    last: Natural = field(name="u")
    bids: Pairs = field(name="b")
    asks: Pairs = field(name="a")


class LooseDepthMessage(msgspec.Struct, gc=False):
    """``DepthMessage`` with more than two elements in a level."""

    time: Natural = field(name="E")
    first: Natural = field(name="U")
    last: Natural = field(name="u")
    bids: LoosePairs = field(name="b")
    asks: LoosePairs = field(name="a")

    def strict(self) -> DepthMessage:
        """Return it without what follows the second element; ``ValueError`` for a level that is no pair of texts."""
        return DepthMessage(self.time, self.first, self.last, _pairs(self.bids), _pairs(self.asks))


def _pairs(levels: LoosePairs) -> Pairs:
    return msgspec.convert([level[:2] for level in levels], Pairs)


class Depth(msgspec.Struct, gc=False, rename="camel"):
    """A complete book down to some level: the partial stream's payload, and the answer of ``GET /api/v3/depth``.

    ``{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}``
    """

    last_update_id: Natural
    bids: Pairs
    asks: Pairs


class KlineBar(msgspec.Struct, gc=False):
    """The bar of a ``KlineMessage``: ``x`` says whether it is final, ``V`` is what takers bought."""

    open_time: Natural = field(name="t")
    close_time: Natural = field(name="T")
    open: str = field(name="o")
    high: str = field(name="h")
    low: str = field(name="l")
    close: str = field(name="c")
    volume: str = field(name="v")
    trade_count: Natural = field(name="n")
    closed: bool = field(name="x")
    quote_volume: str = field(name="q")
    taker_buy_volume: str = field(name="V")


class KlineMessage(msgspec.Struct, gc=False):
    """One candlestick.

    ``{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,``
    ``"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500"}}``
    """

    time: Natural = field(name="E")
    bar: KlineBar = field(name="k")


class MiniTickerMessage(msgspec.Struct, gc=False):
    """Rolling 24 hours, the short form.

    ``{"e":"24hrMiniTicker","E":1672515782136,"s":"BNBBTC","c":"0.0025","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18"}``
    """

    time: Natural = field(name="E")
    symbol: str = field(name="s")
    close: str = field(name="c")
    open: str = field(name="o")
    high: str = field(name="h")
    low: str = field(name="l")
    volume: str = field(name="v")
    quote_volume: str = field(name="q")


class TickerMessage(msgspec.Struct, gc=False):
    """Rolling statistics; the windows of 1h, 4h and 1d have no best bid and ask and no last quantity.

    ``{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","w":"0.0018","x":"0.0009","c":"0.0025","Q":"10",``
    ``"b":"0.0024","B":"10","a":"0.0026","A":"100","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18","O":0,``
    ``"C":86400000,"F":0,"L":18150,"n":18151}``
    """

    time: Natural = field(name="E")
    symbol: str = field(name="s")
    change: str = field(name="p")
    change_percent: str = field(name="P")
    average: str = field(name="w")
    last: str = field(name="c")
    open: str = field(name="o")
    high: str = field(name="h")
    low: str = field(name="l")
    volume: str = field(name="v")
    quote_volume: str = field(name="q")
    open_time: Natural = field(name="O")
    close_time: Natural = field(name="C")
    trade_count: Natural = field(name="n")
    last_quantity: str | None = field(default=None, name="Q")
    bid: str | None = field(default=None, name="b")
    bid_quantity: str | None = field(default=None, name="B")
    ask: str | None = field(default=None, name="a")
    ask_quantity: str | None = field(default=None, name="A")


class AveragePriceMessage(msgspec.Struct, gc=False):
    """Average price over the window ``i``.

    ``{"e":"avgPrice","E":1693907033000,"s":"BTCUSDT","i":"5m","w":"25776.86000000","T":1693907032213}``
    """

    time: Natural = field(name="E")
    window: str = field(name="i")
    price: str = field(name="w")


class ErrorBody(msgspec.Struct):
    """``{"code":2,"msg":"Invalid request: invalid stream"}``."""

    code: int
    msg: str = ""


class KlineHead(msgspec.Struct):
    """The interval of a kline payload."""

    i: str


class Head(msgspec.Struct):
    """Whatever tells the kind of a frame: envelope, event, or answer to a control request.

    Answers are never wrapped. Errors come flat (``{"code":2,"msg":"…","id":1}``) or nested
    (``{"error":{"code":2,"msg":"…"},"id":1}``), with or without their id.
    """

    stream: str | UnsetType = UNSET
    data: msgspec.Raw | UnsetType = UNSET
    id: int | str | UnsetType | None = UNSET
    result: msgspec.Raw | UnsetType = UNSET
    error: ErrorBody | UnsetType = UNSET
    code: int | UnsetType = UNSET
    msg: str = ""
    e: str = ""
    s: str = ""
    k: KlineHead | UnsetType = UNSET
    last_update_id: int | UnsetType = field(default=UNSET, name="lastUpdateId")
    u: int | UnsetType = UNSET


class ServerTime(msgspec.Struct, rename="camel"):
    """``{"serverTime":1656400526260}``."""

    server_time: int


class Filter(msgspec.Struct, gc=False, rename="camel"):
    """One rule of a symbol; which members there are depends on ``filterType``."""

    filter_type: str
    tick_size: Decimal = Decimal(0)
    step_size: Decimal = Decimal(0)
    min_qty: Decimal = Decimal(0)
    min_notional: Decimal = Decimal(0)


class SymbolInfo(msgspec.Struct, rename="camel"):
    """``{"symbol":"BNBBTC","status":"TRADING","baseAsset":"BNB","quoteAsset":"BTC","filters":[{"filterType":"PRICE_FILTER",…}]}``."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    filters: list[Filter]


class ExchangeInfo(msgspec.Struct):
    """The answer of ``GET /api/v3/exchangeInfo``, as far as it is used."""

    symbols: list[SymbolInfo]


class Kline(msgspec.Struct, array_like=True, gc=False):
    """A row of ``GET /api/v3/klines``; times in milliseconds.

    ``[1499040000000,"0.01","0.80","0.01","0.02","148976.1",1499644799999,"2434.1",308,"1756.8","28.4","0"]``
    """

    open_time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    close_time: int
    quote_volume: Decimal
    trade_count: int
    taker_buy_volume: Decimal
    taker_buy_quote_volume: Decimal


class RecentTrade(msgspec.Struct, gc=False, rename="camel"):
    """A row of ``GET /api/v3/trades``; ``time`` in milliseconds.

    ``{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012","time":1499865549590,"isBuyerMaker":true}``
    """

    id: int
    price: Decimal
    qty: Decimal
    quote_qty: Decimal
    time: int
    is_buyer_maker: bool


class DayTicker(msgspec.Struct, gc=False, rename="camel"):
    """The answer of ``GET /api/v3/ticker/24hr`` for one symbol, the members that every symbol has; times in milliseconds."""

    symbol: str
    last_price: Decimal
    open_price: Decimal
    high_price: Decimal
    low_price: Decimal
    price_change: Decimal
    price_change_percent: Decimal
    weighted_avg_price: Decimal
    volume: Decimal
    quote_volume: Decimal
    open_time: int
    close_time: int
    count: int
