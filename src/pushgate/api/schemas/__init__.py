"""The JSON of requests and responses, as pydantic models: the API's validation and its OpenAPI
document.
"""
