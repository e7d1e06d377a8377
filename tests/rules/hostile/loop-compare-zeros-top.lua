-- texts of zero bytes compared while the file is loaded
-- expect: fault a text has a zero byte
local a, b = ("\x00"):rep(230), ("\u{0}"):rep(299) .. "y"
while true do local less = a < b end
