-- Asks Counterfoil whether a request may pass. Whoever may goes on, with the header fields that say who asks; everybody
-- else gets Counterfoil's answer as it stands. Whatever goes wrong ends in 503: nobody passes by accident.
--
--     http-request lua.counterfoil http://127.0.0.1:8787/authorize

-- For how many milliseconds an answer is waited for.
local patience = 5000

-- What Counterfoil says of whoever may pass.
local identity = {
    "x-counterfoil-team", "x-counterfoil-key", "x-counterfoil-kind", "x-counterfoil-roles",
    "x-counterfoil-group", "x-counterfoil-user", "x-counterfoil-apps", "x-counterfoil-bundle",
}

-- What a client is told of a refusal, beside status and body.
local told = { "content-type", "x-rate-limit", "retry-after", "warning", "x-request-id", "cache-control" }

local unavailable = '{"errors":[{"status":"503","code":"SERVICE_UNAVAILABLE",'
    .. '"title":"The service is not available at the moment",'
    .. '"detail":"Nobody could judge the request; try again"}]}'

-- HAProxy counts the values of a field from 0, Lua from 1.
local function values(fields, name)
    local found = {}
    local field = fields[name]
    if field then
        local at = 0
        while field[at] do
            found[#found + 1] = field[at]
            at = at + 1
        end
    end
    return found
end

local function refuse(txn, status, fields, body)
    local reply = txn:reply()
    reply:set_status(status)
    for name, value in pairs(fields) do
        reply:add_header(name, value)
    end
    if txn.sf:method() ~= "HEAD" then
        reply:set_body(body)
    end
    txn:done(reply)
end

local function unanswered(txn)
    local fields = { ["content-type"] = "application/json", ["retry-after"] = "1", ["cache-control"] = "no-store" }
    refuse(txn, 503, fields, unavailable)
end

-- The question: what the client asks for, by which token, from where.
local function question(txn, url)
    local asked = txn.http:req_get_headers()
    local fields = {
        ["host"] = values(asked, "host"),
        ["authorization"] = values(asked, "authorization"),
        ["x-request-id"] = values(asked, "x-request-id"),
        ["x-original-method"] = { txn.sf:method() },
        ["x-original-uri"] = { txn.sf:pathq() },
        ["x-forwarded-for"] = { txn.sf:src() },
    }
    for name, found in pairs(fields) do
        if #found == 0 then
            fields[name] = nil
        end
    end
    return { url = url, headers = fields, timeout = patience }
end

local function judge(txn, url)
    local answer = core.httpclient():get(question(txn, url))
    local fields = answer and answer.headers or {}
    -- HAProxy makes an answer of its own where nobody gives one. Counterfoil's say who may pass, or name the request.
    local passes = answer and answer.status == 200 and fields["x-counterfoil-team"]
    if not passes and not (answer and answer.status ~= 200 and fields["x-request-id"]) then
        return unanswered(txn)
    end
    if not passes then
        local say = {}
        for _, name in ipairs(told) do
            say[name] = values(fields, name)[1]
        end
        return refuse(txn, answer.status, say, answer.body or "")
    end
    for _, name in ipairs(identity) do
        local value = values(fields, name)[1]
        if value then
            txn.http:req_set_header(name, value)
        end
    end
    local rate_limit = values(fields, "x-rate-limit")[1]
    if rate_limit then
        txn:set_var("txn.counterfoil.rate_limit", rate_limit)
    end
    local warning = values(fields, "warning")[1]
    if warning then
        txn:set_var("txn.counterfoil.warning", warning)
    end
    txn:set_var("txn.counterfoil.passed", true)
end

core.register_action("counterfoil", { "http-req" }, judge, 1)
