-- the top of the file loops
-- expect: fault takes too many instructions to load
while true do end
