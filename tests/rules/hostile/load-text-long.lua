-- a text of 200 KiB
-- expect: fault at most 240
local x = [[
--* 4000 words and words and words and words in a text\n
]]
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
