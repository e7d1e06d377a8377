-- functions that each hold others
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local f = function() return 1 end
    while true do
      local g = f
      f = function() return g end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
