-- an environment kept from the top
-- expect: fault
local kept = _ENV
kept.hidden = 1
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n = kept.n
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
