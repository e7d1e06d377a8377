-- a development made at the top of a file
-- expect: fault only be used inside when and recommend
local s = shadowing {}
