from commonweal.web.core.permissions import Capability

CAPABILITIES = (
    Capability("finance.see", "see plan, actual, forecast and schemes", ("finance", "commissioner")),
    Capability("finance.change", "record adjustments, imports, mappings and outturns", ("finance",)),
    Capability("finance.schemes", "move a scheme from one maturity to the next", ("finance", "commissioner")),
    Capability("finance.export", "take the monthly pack away", ("finance", "commissioner")),
)
