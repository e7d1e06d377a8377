-- facts asked for at the top of a file
-- expect: fault only be used inside when and recommend
local old = older_than("2020-01-01", 3)
