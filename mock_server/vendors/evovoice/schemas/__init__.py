"""The data types of responses and of stored documents, with what all resources share of them."""
