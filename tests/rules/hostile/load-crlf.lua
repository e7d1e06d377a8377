-- lines that end as elsewhere
-- expect: fires
local x = "a\
b"
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
