-- bytes that are no UTF-8 where the parser quotes them
-- expect: fault unexpected symbol
local x = ÿþ
