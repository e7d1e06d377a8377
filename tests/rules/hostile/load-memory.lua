-- the top of the file grows
-- expect: fault needs too much memory to load
local t = {}
for i = 1, 100000000 do t[i] = i end
