"""What the venue tells of its assets and pairs (instrument channel; REST: Assets, AssetPairs)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tradewire.model.instrument import Instrument
from tradewire.model.time import Nanos
from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.messages import ChannelMessage, decimals_of, shortest
from tradewire.venues.kraken.server.streams import Stream

#: Decimals that the ledger keeps of an asset, and that are displayed.
FIAT_DECIMALS = (4, 2)
COIN_DECIMALS = (10, 5)
FIATS = {"AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "USD"}


class AssetItem(msgspec.Struct):
    """``{"id":"USD","status":"enabled","precision":4,"precision_display":2,"borrowable":false,"collateral_value":0.0}``."""

    id: str
    status: str
    precision: int
    precision_display: int
    borrowable: bool
    collateral_value: msgspec.Raw


class PairItem(msgspec.Struct):
    """Increments and minimums are in the shortest notation, which may have an exponent.

    ``{"symbol":"MATIC/GBP","base":"MATIC","quote":"GBP","status":"online","qty_precision":8,"qty_increment":1e-08,
    "price_precision":4,"cost_precision":6,"marginable":false,"has_index":true,"cost_min":0.43,"tick_size":0.0001,
    "price_increment":0.0001,"qty_min":4.0}``
    """

    symbol: str
    base: str
    quote: str
    status: str
    qty_precision: int
    qty_increment: msgspec.Raw
    price_precision: int
    cost_precision: int
    marginable: bool
    has_index: bool
    cost_min: msgspec.Raw
    tick_size: msgspec.Raw
    price_increment: msgspec.Raw
    qty_min: msgspec.Raw


class Instruments(msgspec.Struct):
    """The data of the channel: an object, not a list."""

    assets: list[AssetItem]
    pairs: list[PairItem]


class InstrumentStream(Stream):
    """Everything that is listed. The listing of a simulated venue never changes, so that a snapshot is all there is."""

    def __init__(self, instruments: Iterable[Instrument], faults: ServerFaults) -> None:
        super().__init__("instrument", faults)
        self._instruments = tuple(instruments)

    def snapshot(self, now: Nanos) -> ChannelMessage:
        """Return the listing."""
        assets = [_asset(name) for name in asset_names(self._instruments)]
        return ChannelMessage("instrument", "snapshot", Instruments(assets, [_pair(pair) for pair in self._instruments]))


def asset_names(instruments: Iterable[Instrument]) -> Sequence[str]:
    """Return the assets of ``instruments``, sorted."""
    return sorted({asset for instrument in instruments for asset in (instrument.base, instrument.quote)})


def asset_decimals(asset: str) -> tuple[int, int]:
    """Return the decimals that are kept of ``asset``, and those displayed."""
    return FIAT_DECIMALS if asset in FIATS else COIN_DECIMALS


def cost_decimals(instrument: Instrument) -> int:
    """Return the decimals of a price times a quantity."""
    return decimals_of(instrument.tick) + decimals_of(instrument.step)


def pair_status(instrument: Instrument) -> str:
    """Return whether it is traded."""
    return "online" if instrument.active else "cancel_only"


def _asset(name: str) -> AssetItem:
    kept, displayed = asset_decimals(name)
    return AssetItem(name, "enabled", kept, displayed, borrowable=False, collateral_value=msgspec.Raw(b"0.0"))


def _pair(instrument: Instrument) -> PairItem:
    return PairItem(
        symbol=instrument.symbol,
        base=instrument.base,
        quote=instrument.quote,
        status=pair_status(instrument),
        qty_precision=decimals_of(instrument.step),
        qty_increment=shortest(instrument.step),
        price_precision=decimals_of(instrument.tick),
        cost_precision=cost_decimals(instrument),
        marginable=False,
        has_index=False,
        cost_min=shortest(instrument.minimum_notional),
        tick_size=shortest(instrument.tick),
        price_increment=shortest(instrument.tick),
        qty_min=shortest(instrument.minimum_quantity),
    )
