-- bytes that are no UTF-8 in a text that the parser quotes
-- expect: fault near
local x = 1 "ÿÀ[2J"
