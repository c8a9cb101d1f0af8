import json
def test_try(gwctl, database, capsys):
    env={"LITELLM_SALT_KEY":"sk-1234","OPENAI":"sk-real-openai-0123456789"}
    def show(*a, **k):
        r=gwctl(*a, env={**env, **k.pop("env",{})}, code=k.pop("code",0), **k)
        with capsys.disabled(): print("$", a, "\n", r.stdout[:1800], r.stderr[:800])
        return r
    show("models create gpt-4o --model openai/gpt-4o --api-key env:OPENAI --api-base https://x.org --litellm-params rpm:=5")
    show("models create gpt-4o --litellm-params '{\"model\":\"openai/gpt-4o-mini\",\"api_key\":{\"env\":\"OPENAI\"}}'")
    show("models list -o json")
    i=database.rows("LiteLLM_ProxyModelTable")[0]["model_id"]
    show(f"models update {i} --api-base https://y.org --litellm-params api_key=env:OPENAI --dry-run --yes")
    show("audit show " + gwctl("audit list -o json").json[0]["change_set"] + " -o json")
    show("credentials create openai --credential-values api_key=- --credential-values api_base=https://x --description hi", stdin="sk-x-0123456789012\n")
    show("models create --help")
    show("mcp grant --help"); show("secrets --help"); show("models update --help"); show("credentials create --help")
    show("models list"); show("schema")
