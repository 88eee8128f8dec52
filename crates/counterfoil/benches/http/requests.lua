-- The requests of one run of wrk: the same head with one token after the other, from the first again after the last.
-- Arguments: a file with the head up to the token, and a file of tokens, one a line.

local requests, at = {}, 0

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   local head = file:read("*a")
   file:close()
   for token in io.lines(arguments[2]) do
      requests[#requests + 1] = head .. token .. "\r\n\r\n"
   end
end

function request()
   at = at % #requests + 1
   return requests[at]
end

function done(summary, latency)
   local errors = summary.errors
   local faults = errors.connect + errors.read + errors.write + errors.timeout
   io.write(string.format("came to %d %d %d %d %d\n", summary.requests, summary.duration, errors.status, faults,
      latency:percentile(99)))
end
