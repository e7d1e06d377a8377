-- an environment of its own that is written to at the top
-- expect: fires
do local _ENV = { hits = 0 } hits = hits + 1 end
local hits = nil
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return hits == nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
