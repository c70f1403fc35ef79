"""The objects in request bodies that several resources share, as pydantic models (FACTS.md F3).

Only what the vendor limits is spelled out; settings of models, voices and transcribers stay open objects. Null counts
as absent on every optional field, which the vendor's own SDK relies on (FACTS.md F8.1).
"""
