"""Points of delivery, prices, contract forms, ledger, forecast, risk share, scheme value. Pure."""
