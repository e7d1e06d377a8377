-- an iterator kept in a table at the top
-- expect: fault what pairs returns is kept
local kept = { list = { pairs({ 1 }) } }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return kept.list[1] ~= nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
