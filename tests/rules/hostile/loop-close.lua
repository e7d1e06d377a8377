-- variables that are closed, for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    while true do
      local x <close> = nil
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
