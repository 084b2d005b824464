REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "shop.preconditions.exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
